"""What a speaker commands in the middle of a dictation: marks, line breaks, capitals, and what takes back or ends it.

Pure functions. `spoken.commands` says what a sentence is to be written as, `preview.previewed` what a page shows of one
that is still being spoken, and `tables` has the words, a file for each language.
"""
