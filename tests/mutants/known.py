"""Mutants that no test can kill, and why: file, old, new, the line -> reason."""

REASONS = {
}
