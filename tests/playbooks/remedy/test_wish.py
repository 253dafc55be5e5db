from playbooks.remedy.wish import named


def test_names_are_given_with_commas_each_once() -> None:
    """As they are printed in a report, with blanks or without."""
    assert named("workers-1, workers-2,workers-1,") == ("workers-1", "workers-2")


def test_no_list_names_nobody() -> None:
    """And neither do commas alone."""
    assert (named(None), named(""), named(" , ")) == ((), (), ())
