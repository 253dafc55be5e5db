"""One model of a run, told on the terminal, to machines and in a browser."""
