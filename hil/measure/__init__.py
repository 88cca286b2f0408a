"""Bench tables: flow accuracy and occlusion over a range of rates, measured on any target that has a plant.

`flow.py` and `scatter.py` are the arithmetic, `accuracy.py` and `occlusion.py` run the pump, `page.py` and
`csv_files.py` write what was found.
"""
