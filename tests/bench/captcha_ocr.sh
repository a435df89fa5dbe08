#!/bin/bash
# What tesseract reads of our pictures after the usual clean-up: grey,
# threshold, median (in the pictures' own pixels, which takes thin lines away,
# or after enlarging them, which keeps shapes), three times the size; then the
# whole line in two page modes, and six equal slices, one digit each.
#
#     captcha_ocr.sh CAPTCHA_BENCH [PICTURES]
#
# Needs tesseract-ocr and netpbm. Prints whole codes right, and digits right
# in their place.
set -euo pipefail
bench=$1
pictures=${2:-1000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_THREAD_LIMIT=1

# clean HOW PICTURE RESULT
clean() {
	pngtopam "$2" | ppmtopgm |
	    case $1 in
	    coarse) threshold | pnmnlfilt 0.5 1 | pamscale 3 ;;
	    fine) pamscale 3 | threshold | pnmnlfilt 0.5 1 ;;
	    esac >"$3"
}

threshold() {
	pamthreshold -simple -threshold=0.5 | pnmdepth -quiet 255
}

# slice PICTURE NAME: six parts of one width
slice() {
	local width part i
	read -r _ _ _ width _ < <(pamfile -machine "$1")
	part=$((width / 6))
	for i in 0 1 2 3 4 5; do
		pamcut -left $((i * part)) -width $part "$1" |
		    pnmpad -white -left 20 -right 20 >"$2-$i.pgm"
	done
}

# read_list LIST MODE: one line of digits for each picture of the list
read_list() {
	tesseract "$1" - --psm "$2" -c tessedit_char_whitelist=0123456789 \
	    2>/dev/null | awk -v RS='\f' '{ gsub(/[^0-9]/, ""); print }'
}

# judge NAME: pairs "truth reading" on standard input
judge() {
	awk -v name="$1" '
	    { whole += $1 == $2
	      for (i = 1; i <= 6; i++)
	          digits += substr($1, i, 1) == substr($2, i, 1) }
	    END { printf "%-22s %d of %d codes (%.1f %%), %.1f %% of digits\n",
	          name, whole, NR, 100 * whole / NR, 100 * digits / NR / 6 }'
}

"$bench" samples "$folder" "$pictures"
rm -f "$folder"/*.wav
# attack HOW
attack() {
	local code i mode lines=$folder/$1.lines slices=$folder/$1.slices

	while read -r code; do
		clean "$1" "$folder/$code.png" "$folder/$1-$code.pgm"
		slice "$folder/$1-$code.pgm" "$folder/$1-$code"
		echo "$folder/$1-$code.pgm" >>"$lines"
		for i in 0 1 2 3 4 5; do
			echo "$folder/$1-$code-$i.pgm" >>"$slices"
		done
	done <"$folder/truth"
	for mode in 7 8; do
		read_list "$lines" $mode | head -n "$(wc -l <"$lines")" |
		    paste -d ' ' "$folder/truth" - |
		    judge "$1, line, mode $mode"
	done
	read_list "$slices" 10 | head -n "$(wc -l <"$slices")" |
	    awk '{ code = code ($1 == "" ? "-" : substr($1, 1, 1)) }
		 NR % 6 == 0 { print code; code = "" }' |
	    paste -d ' ' "$folder/truth" - | judge "$1, six slices"
}

(cd "$folder" && printf '%s\n' *.png | sed 's/\.png$//') >"$folder/truth"
attack coarse
attack fine
