"""Writes Vectors/libphonenumber_86.json and _1.json: what libphonenumber takes numbers of +86 and +1 for.

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


def kind(code, digits):
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits))
    return phonenumbers.number_type(number)


def entries(code):
    found = []
    for length in range(5, 14):
        tail = "23456789"[: length - 5]
        for start in range(10000, 100000):
            found_type = kind(code, f"{start}{tail}")
            if found_type == TYPES.UNKNOWN:
                continue
            name = TYPES.to_string(found_type).lower()
            last = found[-1] if found else None
            if last and last[0] == length and last[2] == start - 1 and last[3] == name:
                last[2] = start
            else:
                found.append([length, start, start, name])
    return found


for code in 86, 1:
    lines = ",\n".join(json.dumps(entry) for entry in entries(code))
    text = f'{{"version": "{phonenumbers.__version__}", "entries": [\n{lines}\n]}}\n'
    (pathlib.Path(__file__).parent / f"Vectors/libphonenumber_{code}.json").write_text(text)
