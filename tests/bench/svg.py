"""Curves as SVG: a few lines over a few points, and no library."""
import html
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 80, 170, 40, 56
COLOURS = ("#1b5e9b", "#b3400f", "#2e7d32", "#6a1b9a", "#5d4037", "#00796b")


def ticks(highest):
    """Round steps from 0 to above the highest."""
    if highest <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(highest))
    while highest / step < 4:
        step /= 2 if round(step / 10 ** math.floor(math.log10(step))) != 5 \
            else 2.5
    return [step * i for i in range(int(math.ceil(highest / step)) + 1)]


def short(number):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def chart(title, across, up, lines):
    """lines: {name: [(x, y), …]}; x in equal steps, as a growth is read."""
    xs = sorted({x for points in lines.values() for x, _ in points})
    marks = ticks(max(y for points in lines.values() for _, y in points))
    plot_w, plot_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x, y):
        step = plot_w / max(1, len(xs) - 1)
        return (LEFT + step * xs.index(x),
                TOP + plot_h * (1 - y / marks[-1]))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
           f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<title>{html.escape(title)}</title>',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="22" font-size="15">'
           f'{html.escape(title)}</text>']
    for mark in marks:
        _, y = at(xs[0], mark)
        out.append(f'<path d="M{LEFT} {y:.1f}H{LEFT + plot_w}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" '
                   f'text-anchor="end">{short(mark)}</text>')
    for x in xs:
        place, _ = at(x, 0)
        out.append(f'<text x="{place:.1f}" y="{TOP + plot_h + 18}" '
                   f'text-anchor="middle">{short(x)}</text>')
    out.append(f'<text x="{LEFT + plot_w / 2}" y="{HEIGHT - 14}" '
               f'text-anchor="middle">{html.escape(across)}</text>')
    out.append(f'<text x="16" y="{TOP + plot_h / 2}" text-anchor="middle" '
               f'transform="rotate(-90 16 {TOP + plot_h / 2})">'
               f'{html.escape(up)}</text>')
    for i, (name, points) in enumerate(lines.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join("%.1f,%.1f" % at(*point) for point in sorted(points))
        out.append(f'<polyline points="{path}" fill="none" '
                   f'stroke="{colour}" stroke-width="2"/>')
        for point in points:
            x, y = at(*point)
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" '
                       f'fill="{colour}"/>')
        y = TOP + 14 + 18 * i
        out.append(f'<text x="{WIDTH - RIGHT + 14}" y="{y}" '
                   f'fill="{colour}">{html.escape(name)}</text>')
    return "\n".join(out + ["</svg>", ""])
