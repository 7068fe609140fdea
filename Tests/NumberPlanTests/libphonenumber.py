"""Writes Vectors/libphonenumber.json: what libphonenumber takes numbers of +86 for.

    pip install phonenumbers    (Debian: apt-get install python3-phonenumbers, which is older)
    python3 Tests/NumberPlanTests/libphonenumber.py

For each first five digits and each length there is one number, the rest of it 23456789. What comes out the same for
consecutive first digits is one entry: length, the first five digits from, to, and the type. Whatever is not in it is
no valid number.
"""

import json
import pathlib

import phonenumbers

TYPES = phonenumbers.PhoneNumberType


def kind(digits):
    number = phonenumbers.PhoneNumber(country_code=86, national_number=int(digits))
    return phonenumbers.number_type(number)


entries = []
for length in range(5, 14):
    tail = "23456789"[: length - 5]
    for start in range(10000, 100000):
        found = kind(f"{start}{tail}")
        if found == TYPES.UNKNOWN:
            continue
        name = TYPES.to_string(found).lower()
        last = entries[-1] if entries else None
        if last and last[0] == length and last[2] == start - 1 and last[3] == name:
            last[2] = start
        else:
            entries.append([length, start, start, name])

lines = ",\n".join(json.dumps(entry) for entry in entries)
text = f'{{"version": "{phonenumbers.__version__}", "entries": [\n{lines}\n]}}\n'
(pathlib.Path(__file__).parent / "Vectors/libphonenumber.json").write_text(text)
