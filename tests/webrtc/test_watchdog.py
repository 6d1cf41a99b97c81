from captions.webrtc.watchdog import MediaWatchdog


def watchdog() -> MediaWatchdog:
    return MediaWatchdog(ice_seconds=15, warn_seconds=3, park_seconds=10)


def at(dog: MediaWatchdog, now: float) -> tuple[str, str]:
    dog.tick(now)
    return dog.state, dog.reason


def live(now: float = 0.0) -> MediaWatchdog:
    dog = watchdog()
    dog.answered(now)
    dog.connected(now)
    dog.heard(now)
    return dog


def test_a_connection_that_never_comes() -> None:
    dog = watchdog()
    assert at(dog, 100) == ("connecting", "")
    dog.answered(100)
    assert at(dog, 114.9) == ("connecting", "")
    assert at(dog, 115) == ("failed", "ice_timeout")
    dog.heard(116)
    assert at(dog, 117) == ("failed", "ice_timeout")


def test_silence_on_the_wire() -> None:
    dog = live()
    assert at(dog, 2.9) == ("live", "")
    assert at(dog, 3) == ("stalled", "no_media")
    assert at(dog, 10) == ("lost", "no_media")
    dog.heard(11)
    assert at(dog, 11) == ("live", "")


def test_a_connection_without_a_single_packet() -> None:
    dog = watchdog()
    dog.answered(0)
    dog.connected(1)
    assert at(dog, 3) == ("connecting", "")
    assert at(dog, 4) == ("stalled", "no_media")
    assert at(dog, 11) == ("lost", "no_media")


def test_a_pause_is_no_loss() -> None:
    dog = live()
    dog.pause()
    assert at(dog, 100) == ("live", "")
    dog.resume(100)
    assert at(dog, 102) == ("live", "")
    assert at(dog, 103) == ("stalled", "no_media")


def test_a_connection_that_breaks() -> None:
    dog = live()
    dog.disconnected()
    assert at(dog, 1) == ("lost", "disconnected")
    dog.heard(2)
    assert at(dog, 2) == ("lost", "disconnected")
    dog.close()
    assert at(dog, 3) == ("closed", "")


def test_a_connection_that_breaks_before_it_stands() -> None:
    dog = watchdog()
    dog.answered(0)
    dog.disconnected()
    assert at(dog, 1) == ("failed", "connect_failed")


def test_too_much_is_final_in_every_state() -> None:
    for dog in (watchdog(), live()):
        dog.flooded()
        dog.heard(1)
        dog.disconnected()
        assert at(dog, 2) == ("lost", "too_much")


def test_a_pause_hides_no_packet() -> None:
    dog = live(4.0)
    dog.pause()
    dog.heard(9.0)
    assert dog.heard_at == 9.0
    dog.resume(20.0)
    assert dog.heard_at == 9.0
