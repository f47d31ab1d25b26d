"""Lessons: a static site with a page a pair, the laboratory of differences, and the report's page.

Facts are gathered into frozen records (`records.py`), then rendered by the templates. `code.py`
lays twin files side by side, `measured.py` checks the pair while the site is built, `outcome.py`
and `drift_read.py` read results folders, `site.py` writes the whole.
"""
