"""What is fast, as ratios or in-run comparisons; never an assertion, never part of the tests."""
