"""The lab: mlcore beside NumPy, SciPy, scikit-learn and the machine's own limits.

``mlcore lab`` on the command line runs it. Where to start reading: `cli.py` (what a person can ask for), `run.py` (the
order of events), `bench.py` (how one comparison is made), `topics/` (what is compared), `figures/` and `report.py` (how
it is shown).
"""
