"""Benchmarks of the live path on recorded speech (delays, stability, accuracy, cost), of files, exports and search."""
