#!/bin/sh
echo "out of breath" >&2
exit 3
