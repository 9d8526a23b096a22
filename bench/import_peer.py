"""The peer of the import bench: the same file through Python's csv and phonenumbers."""

import csv
import sys

import phonenumbers

accepted = rejected = 0
with open(sys.argv[1], newline="") as source:
    for row in csv.DictReader(source):
        try:
            number = phonenumbers.parse(row["phone_number"], None)
            if phonenumbers.is_possible_number(number):
                accepted += 1
                continue
        except phonenumbers.NumberParseException:
            pass
        rejected += 1
print(accepted, rejected)
