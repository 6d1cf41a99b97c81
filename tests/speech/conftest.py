from hypothesis import Phase, settings

# The same examples in every run, independent of the machine's speed.
settings.register_profile(
    "speech", derandomize=True, deadline=None, max_examples=150, phases=[Phase.generate]
)
settings.load_profile("speech")
