"""What is asked of the machines: one check a file, each a command, a pure parse and a judgement."""
