"""The tests: stories first, then folders that mirror the package, then benchmarks."""
