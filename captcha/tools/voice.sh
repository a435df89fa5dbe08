#!/bin/sh
# Has espeak-ng say the digits, and prints them as the C source behind
# captcha/voice.h. A program of the build, not of the product.
#
#     voice.sh TOOL FOLDER > voice.c     TOOL: captcha/tools/voice.c, compiled
set -eu
tool=$1
folder=$2
list=

# say LANGUAGE VOICE PITCH SPEED WORD...: one voice, its ten digits
say() {
	language=$1 voice=$2 pitch=$3 speed=$4
	shift 4
	digit=0
	for word; do
		espeak-ng -v "$voice" -p "$pitch" -s "$speed" \
		    -w "$folder/$voice-$digit.wav" "$word"
		digit=$((digit + 1))
	done
	list="$list $language $folder/$voice"
}

say_french() {
	say fr "$@" zéro un deux trois quatre cinq six sept huit neuf
}
say_english() {
	say en "$@" zero one two three four five six seven eight nine
}

mkdir -p "$folder"
say_french fr 45 125
say_french fr+f2 40 140
say_french fr+m3 55 115
say_english en-gb 45 130
say_english en-us+f2 40 145
say_english en-us+m3 55 120
# shellcheck disable=SC2086 # pairs of words without spaces
exec "$tool" $list
