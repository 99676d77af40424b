"""Writes digits.json from scikit-learn's copy of the data: `python export.py`, with scikit-learn installed.

One row of 65 bytes an image, 64 pixels of 0 to 16 and the label, all rows deflated (zlib) and written in base 64.
"""

import base64
import json
import pathlib
import zlib

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
rows = np.column_stack([digits.data, digits.target]).astype(np.uint8)
assert rows.shape == (1797, 65) and rows[:, :64].max() == 16
packed = base64.b64encode(zlib.compress(rows.tobytes(), 9)).decode()
about = {
    "title": "Optical Recognition of Handwritten Digits (test part)",
    "authors": "E. Alpaydin and C. Kaynak",
    "year": 1998,
    "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49",
    "license": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "none to the values; by way of sklearn.datasets.load_digits; see README.md for the encoding",
    "images": len(rows),
    "rows": packed,
}
pathlib.Path(__file__).with_name("digits.json").write_text(json.dumps(about, indent=2) + "\n")
