from captions.summaries.layout import LONGEST_TITLE, Block, Layout, laid_out


def test_a_title_paragraphs_and_tasks() -> None:
    text = (
        "# The **pier**\n\nThey met\nat nine.\n\nAll was fine.\n\n## To do\n- [ ] Call Ada\n2. Write to Bo\n"
    )
    assert laid_out(text) == Layout(
        "The pier",
        (
            Block("paragraph", ("They met at nine.",)),
            Block("paragraph", ("All was fine.",)),
            Block("heading", ("To do",)),
            Block("list", ("Call Ada", "Write to Bo")),
        ),
    )


def test_any_text_is_shown_as_it_is() -> None:
    assert laid_out("") == Layout("", ())
    text = "They met <b>at</b> 9 * 9.\n#hashtag\n-5 degrees\n__init__"
    assert laid_out(text) == Layout(
        "", (Block("paragraph", ("They met <b>at</b> 9 * 9. #hashtag -5 degrees init",)),)
    )


def test_a_heading_later_is_no_title() -> None:
    assert laid_out("Words.\n# Later") == Layout(
        "", (Block("paragraph", ("Words.",)), Block("heading", ("Later",)))
    )
    assert laid_out("# One\n# Two") == Layout("One", (Block("heading", ("Two",)),))


def test_what_models_put_around_it_is_left_out() -> None:
    assert laid_out("```markdown\n# One\nTwo.\n```") == Layout("One", (Block("paragraph", ("Two.",)),))


def test_a_title_fits_a_session() -> None:
    assert len(laid_out("# " + "x" * 5_000).title) == LONGEST_TITLE


def test_no_text_takes_long() -> None:
    for text in (
        "*" * 50_000,
        "**a " * 12_000,
        "# " + "#" * 50_000,
        "**a" * 16_000,
        "1" * 50_000,
        "\n- " * 16_000,
        "# a" + " " * 50_000 + "b",
    ):
        laid_out(text)
