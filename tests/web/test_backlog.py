from captions.web.backlog import Backlog


def test_it_is_full_of_messages_or_of_bytes() -> None:
    backlog = Backlog(most_messages=3, most_bytes=100)
    for size in (0, 10):
        backlog.add(size)
        assert not backlog.is_full()
    backlog.add(10)
    assert backlog.is_full()
    backlog.left(1)
    assert not backlog.is_full()
    backlog.add(90)
    assert backlog.is_full()


def test_what_was_taken_counts_no_longer() -> None:
    backlog = Backlog(most_messages=10, most_bytes=100)
    backlog.add(100)
    backlog.add(1)
    # More may wait than was added: the connection itself is a message, too.
    backlog.left(3)
    assert backlog.is_full()
    backlog.left(1)
    assert not backlog.is_full()
    backlog.left(0)
    backlog.add(99)
    assert not backlog.is_full()
