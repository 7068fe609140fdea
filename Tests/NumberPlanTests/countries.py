"""Writes Sources/NumberPlan/Plans/countries.json, whose numbers begin how, and Vectors/countries.json, which checks it.

    pip install phonenumbers regex
    python3 Tests/NumberPlanTests/countries.py

Both are made of the facts in libphonenumber, in two ways: the first of what its patterns for subscribers' numbers
can begin with, the second of what it says of single numbers. Where countries share a calling code, the first of them has
what is none of the others', and what callers pay for otherwise. Digits count with the calling code.
"""

import json
import pathlib
import random

import phonenumbers
import regex
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType

SERVICES = {
    800: "freephone", 808: "shared_cost", 870: "maritime", 878: "personal", 881: "satellite", 882: "networks",
    883: "networks", 888: "disaster_relief", 979: "premium_rate",
}
# No country has parts of a longer prefix behind its calling code.
LONGEST = 7
HERE = pathlib.Path(__file__).parent
SUBSCRIBERS = {
    PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP,
    PhoneNumberType.PAGER, PhoneNumberType.PERSONAL_NUMBER,
}
generator = random.Random(164)


def metadata(code, region):
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def shortest(code, region):
    return len(str(code)) + min(metadata(code, region).general_desc.possible_length)


def patterns(code, region):
    data = metadata(code, region)
    kinds = data.fixed_line, data.mobile, data.voip, data.pager, data.personal_number
    texts = {kind.national_number_pattern for kind in kinds if kind}
    return [regex.compile(text) for text in texts if text]


def parts(code, regions):
    """The prefixes of each region but the first, as short as they can be. Of several the library takes the first too."""
    known = {region: patterns(code, region) for region in regions}

    def descend(prefix, among):
        among = [r for r in among if any(p.fullmatch(prefix, partial=True) for p in known[r])]
        if len(among) < 2 or len(prefix) == LONGEST:
            return [(prefix, region) for region in among[:1]]
        below = [pair for digit in "0123456789" for pair in descend(prefix + digit, among)]
        owners = {region for _, region in below}
        whole = len(owners) == 1 and [p for p, _ in below] == [prefix + digit for digit in "0123456789"]
        return [(prefix, *owners)] if whole else below

    found = descend("", regions)
    return {region: prefixes for region in regions[1:] if (prefixes := [p for p, r in found if r == region])}


def entries():
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        main = regions[0]
        yield {"country": SERVICES.get(code, main), "shortest": shortest(code, main), "prefixes": [str(code)]}
        for region, prefixes in parts(code, regions).items() if len(regions) > 1 else ():
            least = max(shortest(code, region), shortest(code, main))
            yield {"country": region, "shortest": least, "prefixes": [f"{code}{p}" for p in prefixes]}


def samples():
    """Numbers with the country of each."""
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            for kind in sorted(SUBSCRIBERS):
                number = (
                    phonenumbers.example_number_for_type(region, kind) if region != "001"
                    else phonenumbers.example_number_for_non_geo_entity(code))
                if number:
                    yield number
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        if len(regions) == 1:
            continue
        of_region = {region: 0 for region in regions}
        lengths = sorted({n for r in regions for n in metadata(code, r).general_desc.possible_length})
        starts = range(200, 1000) if code == 1 else (generator.randrange(10000) for _ in range(60000))
        for start in starts:
            start = f"{start:03}" if code == 1 else f"{start:04}"
            rest = generator.choice([n for n in lengths if n > len(start)]) - len(start)
            text = start + "".join(generator.choice("0123456789") for _ in range(rest))
            number = phonenumbers.parse(f"+{code}{text}")
            region = phonenumbers.region_code_for_number(number)
            if phonenumbers.number_type(number) in SUBSCRIBERS and (code == 1 or of_region[region] < 40):
                of_region[region] += 1
                yield number


def written(rows):
    return ",\n".join(json.dumps(row) for row in rows)


found = list(entries())
text = f'{{\n"note": "Of libphonenumber {phonenumbers.__version__}, by countries.py.",\n"entries": [\n{written(found)}\n]}}\n'
(HERE / "../../Sources/NumberPlan/Plans/countries.json").resolve().write_text(text)

answers = sorted({
    (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
     phonenumbers.region_code_for_number(number)) for number in samples()})
answers = [[number, SERVICES.get(int(number[1:4]), region)] for number, region in answers if region]
codes = json.dumps([str(code) for code in sorted(COUNTRY_CODE_TO_REGION_CODE)])
text = f'{{"version": "{phonenumbers.__version__}", "codes": {codes}, "numbers": [\n{written(answers)}\n]}}\n'
(HERE / "Vectors/countries.json").write_text(text)

longest_first = sorted(((p, e["country"]) for e in found for p in e["prefixes"]), key=lambda pair: -len(pair[0]))
for number, country in answers:
    ours = next(country for prefix, country in longest_first if number[1:].startswith(prefix))
    if ours != country:
        print(f"{number}: {ours}, and by libphonenumber {country}")
