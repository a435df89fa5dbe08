#!/usr/bin/python3
"""What a recogniser off the shelf hears in our English sounds, and how loud
the digits are above what is behind them, in both languages.

    captcha_listen.py CAPTCHA_BENCH [SOUNDS]

Needs pocketsphinx with its American model: an easy adversary, which knows
that six digits are said and nothing else; a network of today hears far more.
Levels: 32 ms frames; the loudest fifth is the digits, the quietest half the
background (pauses are two thirds of a sound).
"""
import cmath
import math
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

WORDS = "zero one two three four five six seven eight nine".split()
GRAMMAR = ("#JSGF V1.0;\ngrammar code;\n"
           "<digit> = %s;\npublic <code> = %s;\n" % (
               " | ".join(WORDS), " ".join(["<digit>"] * 6)))
MODEL = Path("/usr/share/pocketsphinx/model/en-us")
FRAME, RATE = 256, 8000
BANDS = [(300, 800), (800, 1600), (1600, 3400)]


def read(path):
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 1, RATE), path
        return [x - 128 for x in file.readframes(file.getnframes())]


def write_16k(samples, path):
    """Twice as many, 16 bits: what the model was trained on."""
    out = bytearray()
    for a, b in zip(samples, samples[1:] + [0]):
        for x in (a, (a + b) // 2):
            out += (x * 256).to_bytes(2, "little", signed=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 2 * RATE, 0, "NONE", ""))
        file.writeframes(bytes(out))


def hear(folder, names):
    for name in names:
        write_16k(read(folder / f"{name}-en.wav"), folder / f"{name}.wav16")
    (folder / "code.gram").write_text(GRAMMAR)
    (folder / "names").write_text("\n".join(names) + "\n")
    subprocess.run(
        ["pocketsphinx_batch", "-hmm", MODEL / "en-us",
         "-dict", MODEL / "cmudict-en-us.dict", "-jsgf", folder / "code.gram",
         "-adcin", "yes", "-adchdr", "44", "-cepdir", folder,
         "-cepext", ".wav16", "-ctl", folder / "names",
         "-hyp", folder / "heard"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    heard = []
    for line in (folder / "heard").read_text().splitlines():
        words = line.partition("(")[0].split()
        heard.append("".join(str(WORDS.index(x)) for x in words
                             if x in WORDS))
    return heard


def spectrum(samples):
    if len(samples) == 1:
        return samples
    even, odd = spectrum(samples[::2]), spectrum(samples[1::2])
    half = len(even)
    turned = [cmath.exp(-1j * math.pi * k / half) * odd[k]
              for k in range(half)]
    return [even[k] + turned[k] for k in range(half)] + \
        [even[k] - turned[k] for k in range(half)]


def band_powers(samples):
    """[band][frame], and the power of all of it last."""
    powers = [[] for _ in range(len(BANDS) + 1)]
    for at in range(0, len(samples) - FRAME, FRAME):
        bins = [abs(x) ** 2
                for x in spectrum(samples[at:at + FRAME])[1:FRAME // 2]]
        for n, (low, high) in enumerate(BANDS):
            powers[n].append(sum(bins[low * FRAME // RATE:
                                      high * FRAME // RATE]))
        powers[-1].append(sum(bins))
    return powers


def above(powers):
    """dB of the loudest fifth above the quietest half."""
    powers = sorted(powers)
    quiet, loud = powers[:len(powers) // 2], powers[-len(powers) // 5:]
    return 10 * math.log10(sum(loud) / len(loud) /
                           (sum(quiet) / len(quiet) + 1e-9))


def levels(folder, names, language):
    rows, clipped, seconds = [], 0, []
    for name in names:
        samples = read(folder / f"{name}-{language}.wav")
        seconds.append(len(samples) / RATE)
        clipped += sum(x in (-128, 127) for x in samples) / len(samples)
        rows.append([above(x) for x in band_powers(samples)])
    means = [sum(x) / len(x) for x in zip(*rows)]
    lowest = min(row[-1] for row in rows)
    print(f"{language}: {min(seconds):.1f} to {max(seconds):.1f} s; digits "
          f"above background {means[-1]:.1f} dB (lowest {lowest:.1f}), " +
          ", ".join(f"{low}-{high} Hz {x:.1f}"
                    for (low, high), x in zip(BANDS, means)) +
          f"; {100 * clipped / len(names):.3f} % of samples at full scale")


def main():
    bench, count = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "100"
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        subprocess.run([bench, "samples", folder, count], check=True)
        names = sorted(x.stem for x in folder.glob("*.png"))
        heard = hear(folder, names)
        codes = sum(a == b for a, b in zip(heard, names))
        digits = sum(x == y for a, b in zip(heard, names)
                     for x, y in zip(a, b))
        print(f"pocketsphinx, English, {len(names)} sounds: "
              f"{100 * codes / len(names):.1f} % of codes, "
              f"{100 * digits / len(names) / 6:.1f} % of digits")
        for language in ("fr", "en"):
            levels(folder, names[:20], language)


if __name__ == "__main__":
    main()
