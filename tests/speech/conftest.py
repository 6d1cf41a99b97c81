from hypothesis import settings

# The same examples in every run, on machines of any speed.
settings.register_profile("speech", derandomize=True, deadline=None, max_examples=150)
settings.load_profile("speech")
