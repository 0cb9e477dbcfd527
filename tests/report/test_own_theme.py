"""Logo, colours and fonts of a user's own: what is accepted comes out harmless, the rest is refused with its reason."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from auditor.errors import AuditError
from auditor.report.own import theme as own_theme
from auditor.report.own.folder import read_folder
from auditor.report.own.logo import read_logo
from auditor.report.own.theme import Theme, contrast, read_theme, theme_css
from auditor.report.own.typeface import read_typeface
from auditor.report.templates import folder, fonts

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the known grey that just fails


def test_the_standard_colours_are_those_of_the_style_sheets():
    light = (folder() / "base.css").read_text("utf-8")
    dark = (folder() / "screen.css").read_text("utf-8")
    for css, scheme, named in ((light, "light", own_theme.LIGHT), (dark, "dark", own_theme.DARK)):
        for name, colour in {**named, "paper": own_theme.PAPER[scheme], "wash": own_theme.WASH[scheme]}.items():
            assert re.search(rf"--{name}: {colour}\b", css), (scheme, name)
        assert re.search(rf"--accent: {own_theme.ACCENT[scheme]}\b", css)


def test_colours_without_contrast_are_told_with_their_line_and_numbers():
    text = 'colours:\n  light:\n    accent: "#ffcc00"\n  dark: {wash: "#808080"}\n'
    theme, found = read_theme(text)
    said = "\n".join(map(str, found))
    assert "theme.yaml, line 3: #ffcc00 has too little contrast with the page (#ffffff)" in said
    assert "1.51 : 1" in said and "choose a darker colour" in said
    assert said.count("line 4: #808080 has too little contrast with the text colour") >= 2
    assert theme.colours.light.accent == "#ffcc00"


def test_only_variables_reach_the_style_sheet_and_paper_is_never_dark():
    theme, found = read_theme('colours: {light: {accent: "#7a1f5c"}, dark: {accent: "#e9a6d3"}}')
    assert found == []
    assert theme_css(theme, "", screen=False) == ":root{--accent:#7a1f5c;}"
    assert "prefers-color-scheme: dark" in theme_css(theme, "", screen=True)
    assert theme_css(Theme(), "", screen=True) == ""


@pytest.mark.parametrize("value", ["red", "#12345", "#12345g", "url(x)", "#123456;} body{display:none"])
def test_a_colour_is_six_digits_and_nothing_else(value):
    _, found = read_theme(f'colours: {{light: {{accent: "{value}"}}}}')
    assert "a colour such as #0b4a6f" in str(found[0])


@pytest.mark.parametrize("name", ["../logo.svg", "/etc/passwd", "a/../../b", "https://example.org/x.svg", ".hidden"])
def test_a_file_of_a_theme_lies_inside_the_folder(name):
    _, found = read_theme(f"logo: {{file: {name}, alt: x}}")
    assert "a file inside this folder" in str(found[0])


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>", "<g onload='x()'/>", "<image href='https://example.org/x.png'/>", "<use href='#a'/>",
        "<use xlink:href='file:///etc/passwd'/>", "<foreignObject/>", "<style>@import url(x)</style>",
        "<a href='javascript:x'/>",
        "<rect fill='url(https://example.org/x)'/>", "<rect style='background: url(&quot;x&quot;)'/>", "<text>Name</text>",
        "<animate attributeName='x'/>", "<set/>", "<rect style='fill: expression(x)'/>", "<rect style='@import x'/>",
    ],
)  # fmt: skip
def test_an_svg_that_could_run_or_fetch_anything_is_refused(inside):
    with pytest.raises(AuditError, match="cannot be used"):
        read_logo(SVG.format(inside).encode(), "logo.svg")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG.format("<title>&a;</title>"),
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<title>&b;</title>"),
        '<?xml-stylesheet href="x.css"?>' + SVG.format(""),
        SVG.format("<g>" * 500 + "</g>" * 500),
        SVG.format("<g/>" * 5000),
        "<html><body/></html>",
        "<svg>",
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
)
def test_an_svg_with_entities_instructions_or_without_end_or_size_is_refused(text):
    with pytest.raises(AuditError, match="cannot be used"):
        read_logo(text.encode(), "logo.svg")


def test_a_harmless_svg_is_written_anew_without_what_editors_leave_in_it():
    drawn = "<!-- made by x --><metadata><a/></metadata><g class='a' transform='scale(2)'><path d='M0 0h9' fill='url(#p)'/></g>"
    content, media = read_logo(SVG.format(drawn).encode(), "logo.svg")
    assert media == "image/svg+xml" and b"made by" not in content and b"class" not in content and b'd="M0 0h9"' in content


def test_pictures_are_written_anew_and_bombs_are_not_opened():
    sink = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(sink, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0", comment=b"secret")
    content, media = read_logo(sink.getvalue() + b"trailing", "logo.jpg")
    assert media == "image/png" and b"secret" not in content and b"trailing" not in content
    sink = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(sink, "PNG")
    for bad in (sink.getvalue(), b"\x89PNG\r\n\x1a\nbroken", b"\xff\xd8\xffbroken", b"\0" * 2_000_000, b"GIF89a"):
        with pytest.raises(AuditError, match=r"The logo logo\.png cannot be used"):
            read_logo(bad, "logo.png")


def renamed(family: str, **changes: int) -> bytes:
    """The bundled regular font under another name."""
    path = next(path for path in fonts() if path.name == "NotoSans-Regular.ttf")
    with TTFont(path) as font:
        for record in font["name"].names:
            if record.nameID in (1, 16):
                record.string = family
        font["OS/2"].fsType = changes.get("rights", 0)
        if changes.get("blank"):
            font["glyf"][font.getBestCmap()[ord("e")]] = font["glyf"][font.getBestCmap()[ord(" ")]]
        sink = io.BytesIO()
        font.save(sink)
    return sink.getvalue()


def test_a_font_is_taken_by_its_family_and_refused_where_it_could_mislead():
    assert read_typeface(renamed("Example"), "x.ttf", bold=True).weight == 700
    for content, said in (
        (renamed("Noto Sans"), "bundled"),
        (renamed('x"; } body'), "plain letters"),
        (renamed("Example", rights=2), "forbid embedding"),
        (renamed("Example", blank=1), "no glyph for e"),
        (b"OTTO" + b"\0" * 100, "TrueType"),
        (b"\x00\x01\x00\x00" + b"\0" * 100, "can be read"),
    ):
        with pytest.raises(AuditError) as refused:
            read_typeface(content, "x.ttf")
        assert said in str(refused.value)


def test_a_folder_with_logo_and_font_is_read_whole(tmp_path: Path):
    (tmp_path / "logo.svg").write_text(SVG.format("<path d='M0 0h9v9z'/>"))
    (tmp_path / "Example.ttf").write_bytes(renamed("Example"))
    (tmp_path / "theme.yaml").write_text("logo: {file: logo.svg, alt: Example Ltd}\nfonts: {regular: Example.ttf}\n")
    made, found = read_folder(tmp_path)
    assert found == [] and made.logo and made.typefaces[0].family == "Example"
    assert set(made.digests) == {"logo.svg", "Example.ttf", "theme.yaml"}
