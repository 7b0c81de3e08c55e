"""The page of a study: its numbers, warnings and figures, read as text and in a browser."""

import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from PIL import Image

from tests.conftest import LEVEL
from tests.pretended import (
    pretend_convergence,
    pretend_density,
    pretend_dos,
    pretend_potentials,
)
from tests.workflows.cli.test_main import passivant
from tests.workflows.recipes.test_chemical_potentials import ENERGIES, STUDY, pretend
from workflows.cli import write_report as cli_report
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.report.page import write_report
from workflows.report.structures import page_structures
from workflows.store import write_failure
from workflows.summary import document

NASTY = "<script>alert(1)</script> & 'quotes' {{ 7 * 7 }}"
OUTPUTS = """
[[reactions]]
name = "<b>bold</b> </script> adsorption"
equation = "slab + L -> slab.L"
published_binding_energy_eV = 0.9
published_source = "<i>Nobody</i> et al."

[[reactions]]
name = "V formation"
equation = "slab.L -> slab.L.V + 1/2 I2"

[[dos]]
species = "slab.L"
spin_orbit = true

[[density_differences]]
species = "slab.L"

[[electrostatics]]
species = "slab.L"
"""
LARGEST_BYTES = 15e6
VACANCY_COLOUR = "#d1242f"
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study with a little of everything: its plan and its results folder."""
    folder = tmp_path_factory.mktemp("report")
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    level = level.replace('"test study"', f'"{NASTY}"').replace('"only', '"<u>only</u>')
    file = folder / "study.toml"
    frozen = STUDY.replace("[surfaces.slab]\n", "[surfaces.slab]\nfrozen_layers = 1\n")
    file.write_text(level + frozen + OUTPUTS, encoding="utf-8")
    plan = make_plan(file)
    results = folder / "results"
    energies = {name: energy for name, energy in ENERGIES.items() if name != "slab.L.V"}
    pretend(plan, results, {**energies, "L": -19.25})
    (failed,) = plan.species_keys["slab.L.V"]
    write_failure(task_folder(plan.tasks[failed], results), "it <em>never</em> ended", False, 40)
    pretend_dos(plan, results, "slab.L")
    pretend_density(plan, results, "slab.L")
    pretend_potentials(plan, results)
    pretend_convergence(plan, results)
    return plan, results


@pytest.fixture(scope="module")
def file(study):
    return write_report(Findings(*study))


class Page(HTMLParser):
    """Texts of the page by element, and the unrounded numbers of each row of a table."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.links, self.stack, self.titles = {}, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [given[key] for key in ("src", "href") if key in given]
        self.stack.append(tag)
        if tag == "tr":
            self.row = []
        elif tag in ("td", "th") and "data-value" in given:
            self.row += [float(value) for value in given["data-value"].split()]
        if given.get("scope") == "row":
            self.head = ""
        elif tag not in ("sub", "sup"):  # which are parts of a name
            self.head = None

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop() != tag:
            pass
        if tag == "th":
            self.head = None
        if tag == "tr" and self.row:
            self.rows.setdefault(self.name, []).append(self.row)

    def handle_data(self, text):
        if getattr(self, "head", None) is not None:
            self.head += text
            self.name = self.head.strip()
        if self.stack and self.stack[-1] == "title":
            self.titles.append(text)


def test_numbers_are_those_of_the_document(study, file):
    page = Page(file.read_text(encoding="utf-8"))
    data = document(*study)
    adsorption, vacancy = data["reactions"]
    # -50 + 30 + 19.25 eV and the published 0.9 eV.
    assert adsorption["reaction_energy_eV"] == pytest.approx(-0.75)
    energy_and_published = [adsorption["binding_energy_eV"], adsorption["published_eV"]]
    assert page.rows[adsorption["name"]] == [
        energy_and_published,
        [*energy_and_published, adsorption["difference_eV"], adsorption["coverage_per_nm2"]],
    ]
    assert energy_and_published == pytest.approx([0.75, 0.9])
    assert page.rows[vacancy["name"]] == [[vacancy["coverage_per_nm2"]]]
    for phase in data["chemical_potentials"]["phases"]:
        assert phase["formation_energy_eV"] in page.rows[phase["phase"]][0]
    for row in data["chemical_potentials"]["surfaces_J_per_m2"]:
        shown = [numbers for numbers in page.rows[row["species"]] if row["poor"][0] in numbers]
        assert set(row["poor"] + row["rich"]) == set(shown[0])
    (gained,) = data["density_differences"]
    assert page.rows["L"][-1][-1] == gained["gained_e"]["L"]


def test_page_is_one_file_that_fetches_nothing(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST_BYTES
    assert file.name == "report-study.html"
    links = Page(text).links
    assert all(link.startswith(("#", "data:")) for link in links), links
    assert "default-src 'none'" in text


def test_page_names_no_server_of_plotly(file):
    text = file.read_text(encoding="utf-8")
    assert "Plotly.newPlot" in text
    assert re.findall(r"https?://[\w./-]*plot\.?ly[\w./-]*", text) == []


def test_formulas_and_symbols_are_set(file):
    text = file.read_text(encoding="utf-8")
    for words in ("CsPbI<sub>3</sub>", "<i>E</i><sub>f</sub>", "Δ<i>E</i>"):
        assert words in text, words
    # Folders and names for programs stay as they are.
    assert not re.search(r"tasks/[\w.-]*<su[bp]>", text)


def test_names_are_text_and_nothing_else(file):
    text = file.read_text(encoding="utf-8")
    assert "".join(Page(text).titles) == NASTY
    for word in ("<script>alert", "<b>bold", "<u>only", "<i>Nobody", "<em>never"):
        assert word not in text


def test_chapters_come_in_the_order_of_questions(file):
    text = file.read_text(encoding="utf-8")
    headings = re.findall(r"<h2 id=[^>]*>([^<]+)</h2>", text)
    assert headings == [
        "Result", "Warnings", "Structures", "Passivation", "Electronic structure", "Reliability",
        "Methods", "Provenance",
    ]  # fmt: skip
    parts = re.findall(r'<section id="(\w+)" class="part"', text)
    assert parts == [
        "passivation", "chemical_potentials", "dos", "density_differences", "electrostatics",
        "spins", "crystals", "convergence",
    ]  # fmt: skip
    head = text[text.index("<header>") : text.index("</header>")]
    for words in (
        "tasks are not done.", "level test: &lt;u&gt;only&lt;/u&gt; for tests",
        "Without a number: V formation.", "plane waves 300 eV",
    ):  # fmt: skip
        assert words in head, words


def test_warnings_say_what_is_wrong(file):
    text = file.read_text(encoding="utf-8")
    first = text[text.index('<section id="warnings"') : text.index('<section id="structures"')]
    for words in (
        "tasks failed",
        "it &lt;em&gt;never&lt;/em&gt; ended",
        "V formation (slab.L -&gt; slab.L.V + 1/2 I2): slab.L.V failed",
        "&lt;u&gt;only&lt;/u&gt; for tests",
        "slab.L: the potential still changes by 0.20 eV/Å at the top of the cell",
    ):
        assert words in first, words


def rows_linked(text, words):
    """Names of the reactions that the line with these words links to, by the id of their rows."""
    (line,) = [each for each in re.findall(r"<li>(.*?)</li>", text, re.S) if words in each]
    return dict(re.findall(r'<a href="#(\w*-?energy-\d+)">([^<]+)</a>', line))


def test_warnings_link_to_the_rows_that_they_touch(file):
    text = file.read_text(encoding="utf-8")
    first = text[text.index('<section id="warnings"') : text.index('<section id="structures"')]
    vacancy = {"energy-1": "V formation"}
    passivation = {"passivation-energy-0": "V beside L"}
    vacant = {"chemical_potentials-energy-7": "vacancies in slab.L.V"}
    failed = {**vacancy, **passivation, **vacant}
    assert rows_linked(first, "it &lt;em&gt;never&lt;/em&gt; ended") == failed
    assert rows_linked(first, "V formation (slab.L -&gt;") == vacancy
    assert rows_linked(first, "V beside L (slab.L + slab.V -&gt;") == passivation
    assert rows_linked(first, "vacancies in slab.L.V: slab.L.V failed") == vacant
    assert rows_linked(first, "slab.L: cell ") == {
        "energy-0": "&lt;b&gt;bold&lt;/b&gt; &lt;/script&gt; adsorption",
        **failed,
    }
    assert rows_linked(first, "potential still changes by 0.20 eV/Å at the top") == {}
    ids = set(re.findall(r'\sid="([^"]+)"', text))
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert targets <= ids
    for key in failed:
        (row,) = re.findall(rf'<tr id="{key}">(.*?)</tr>', text, re.S)
        kinds = [
            re.search(rf'<div class="notice (\w+)" id="{key}">', text)[1]
            for key in re.findall(r'href="#(warning-\d+)"', row)
        ]
        assert {"error", "missing"} <= set(kinds)


def test_run_ends_with_the_page_and_survives_its_failure(study, tmp_path, capsys):
    plan, results = study
    cli_report.report_after_run(Findings(plan, results))
    assert capsys.readouterr().out.split() == ["report:", str(results / "report-study.html")]
    taken = tmp_path / "taken"
    taken.write_text("")
    cli_report.report_after_run(Findings(plan, taken))
    assert "the report could not be written: " in capsys.readouterr().err


def test_command_prints_the_file_and_refuses_folders(study, tmp_path):
    plan, results = study
    told = ("report", plan.file, "--results", results, "-o")
    answer = passivant(*told, "sub/page.html", cwd=tmp_path)
    assert (answer.returncode, answer.stdout.strip()) == (0, "sub/page.html")
    assert (tmp_path / "sub" / "page.html").stat().st_size > 1e6
    answer = passivant(*told, ".", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.strip() == "passivant: --output .: is a folder; give a file"


def test_damaged_files_become_warnings(study, tmp_path):
    plan, results = study
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    for damaged in (*copy.glob("tasks/*/density-difference.npz"), *copy.glob("convergence/*")):
        damaged.write_text("{")
    text = write_report(Findings(plan, copy)).read_text(encoding="utf-8")
    assert "density-difference.npz cannot be read" in text
    assert "convergence.json cannot be read" in text
    for command in (("plot", plan.file, "density_differences"), ("export", plan.file, "out")):
        answer = passivant(*command, "--results", copy, cwd=tmp_path)
        assert answer.returncode == 1
        assert "density-difference.npz cannot be read" in answer.stderr
    assert 'id="densities"' not in text


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window; skips, with the reason, where there is none."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright: make browser")
    if program is None:
        pytest.skip(f"no Chromium ({', '.join(BROWSERS)}): make browser")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, file):
    """Open the page; afterwards there must have been no error, and no request but for it."""
    contexts, errors, requests = [], [], []

    def open_(width=1280, height=900, scheme="light", *, webgl=True, **more):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        if not webgl:
            page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert {url for url in requests if not url.startswith(("data:", "blob:"))} == {file.as_uri()}


def read(picture):
    with Image.open(picture) as image:
        return image.convert("RGB")


def looks_drawn(page, selector, picture):
    """Whether an element holds a picture and not one colour only."""
    page.locator(selector).screenshot(path=picture)
    return len(read(picture).getcolors(maxcolors=2**24)) > 200


EYE = "document.getElementById('structure').layout.scene.camera.eye"
TURNED = f"before => JSON.stringify(before) !== JSON.stringify({EYE})"


def test_structures_can_be_chosen_and_turned(opened, study, tmp_path):
    page = opened()
    select = page.get_by_label("Structure", exact=True)
    names = select.locator("option").all_inner_texts()
    assert sorted(names) == sorted(study[0].species)
    for name in ("slab.L", "I2", "CsI"):
        select.select_option(label=name)
        assert page.locator("#species-name").inner_text() == name
        assert looks_drawn(page, "#structure", tmp_path / "structure.png")
    select.select_option(index=0)
    page.get_by_role("button", name="Next").click()
    assert page.locator("#species-name").inner_text() == names[1]
    assert "kept fixed" in page.locator(".elements[data-stage=structure]").inner_text()
    page.get_by_role("button", name="Previous").press("Enter")
    assert page.locator("#species-name").inner_text() == names[0]
    seen = [page.evaluate(EYE)]
    for key in ("ArrowLeft", "ArrowUp", "0"):
        page.locator("#structure").press(key)
        page.wait_for_function(TURNED, arg=seen[-1])
        seen.append(page.evaluate(EYE))
    assert seen[-1] == pytest.approx(seen[0])
    page.get_by_label("Repeat the cell").uncheck()
    assert looks_drawn(page, "#structure", tmp_path / "structure.png")


def test_vacancy_is_marked_in_the_relaxed_structure_too(opened, study):
    found = {each.name: each for each in page_structures(Findings(*study))}
    planned = study[0].species["slab.V"][0].structure
    assert found["slab.V"].facts[0] == ("Shown", "relaxed")
    assert found["slab.V"].vacancies_A == pytest.approx(planned.vacancies_A, abs=1e-3)
    assert found["slab.L.V"].facts[0][1].startswith("as planned")
    assert (len(found["slab.L.V"].vacancies_A), found["slab.L"].vacancies_A) == (1, [])
    page = opened()
    for name, each in found.items():
        still = page.locator("[data-species]", has=page.get_by_text(name, exact=True))
        cells = 4 if each.vacancies_A else 0  # two by two cells are drawn, one vacancy in each
        assert still.locator(f"path[stroke='{VACANCY_COLOUR}']").count() == 2 * cells
        page.get_by_label("Structure", exact=True).select_option(label=name)
        drawn = page.evaluate("document.getElementById('structure').data.map(t => t.line?.color)")
        legend = page.locator(".elements[data-stage=structure]").inner_text()
        marked = bool(each.vacancies_A)
        assert (VACANCY_COLOUR in drawn, "vacancy" in legend) == (marked, marked)


def test_ligands_and_vacancies_are_framed(opened, study):
    found = {each.name: each for each in page_structures(Findings(*study))}
    atoms = study[0].species["slab.L"][0].structure
    lowest = min(
        z for z, of in zip(atoms.atoms.positions[:, 2], atoms.groups, strict=True) if of == "L"
    )
    assert found["slab.L"].interface_A == pytest.approx(lowest - 4.5, abs=1e-3)
    hole = study[0].species["slab.V"][0].structure.vacancies_A[0, 2]
    assert found["slab.V"].interface_A == pytest.approx(hole - 4.5, abs=1e-3)
    assert found["slab"].interface_A is None
    page = opened()
    assert page.locator("#species-name").inner_text() == "slab.L"
    size = "document.getElementById('structure').layout.scene.aspectratio.x"
    ends = "document.getElementById('structure').layout.scene.zaxis.range"
    middle = f"{ends}.reduce((a, b) => (a + b) / 2)"
    framed = page.evaluate(middle)
    heights = [z for _, _, z in found["slab.L"].positions_A]
    above = [z for z in heights if z >= found["slab.L"].interface_A]
    assert framed == pytest.approx((min(above) + max(above)) / 2, abs=1e-3)
    before = page.evaluate(size)
    page.get_by_label("Frame ligand and vacancy").uncheck()
    assert page.evaluate(middle) == pytest.approx((min(heights) + max(heights)) / 2, abs=1e-3)
    assert page.evaluate(size) != before
    page.locator("[data-species] svg").first.click()
    name = page.locator("[data-species] strong").first.inner_text()
    assert page.locator("#species-name").inner_text() == name
    files = page.locator("#species-files a").evaluate_all("all => all.map(each => each.download)")
    assert files == [f"{name}.cif", f"{name}.xyz", f"{name}.POSCAR"]


def test_energies_are_drawn_with_their_signs(opened):
    page = opened()
    drawn = page.evaluate(
        "document.getElementById('reactions-0').data.map(t => [t.type, t.legendgroup, [...t.x]])"
    )
    assert drawn == [["bar", "0", [pytest.approx(0.75)]], ["scatter", "1", [0.9]]]
    plot, table = (page.locator(f".glance {each}").bounding_box() for each in (".plot", "table"))
    assert plot["x"] + plot["width"] <= table["x"]


def test_buttons_download_files(opened):
    page = opened()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Study file").click()
    download = waiting.value
    assert download.suggested_filename == "study.toml"
    assert download.path().read_text(encoding="utf-8").startswith("\ntitle = ")


def test_contents_stand_beside_wide_pages_only(opened):
    for width, beside in ((1400, True), (900, False)):
        page = opened(width=width)
        contents, main = (page.locator(each).bounding_box() for each in ("nav", "main"))
        assert (contents["x"] + contents["width"] <= main["x"]) == beside


def test_wide_tables_scroll_in_their_own_place(opened):
    page = opened(width=390)
    page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wider = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{wider}.length") > 0


def test_lines_and_isosurfaces_can_be_switched(opened, tmp_path):
    page = opened()
    charts = page.locator(".plot")
    assert charts.count() == 1 + 1 + 2 + 2 + 2 + 1
    shown = "[...document.getElementById('dos-0').data].filter(t => t.visible !== false).length"
    before = page.evaluate(shown)
    figure = page.locator("figure", has=page.locator("#dos-0"))
    total = figure.get_by_role("button", name="total")
    assert total.get_attribute("aria-pressed") == "true"
    total.click()
    assert total.get_attribute("aria-pressed") == "false"
    assert page.evaluate(shown) == before - 1
    figure.locator("summary").click()
    figure.get_by_role("button", name="Pb", exact=True).press("Space")
    assert page.evaluate(shown) == before
    corners = "document.getElementById('density').data.at(-1).x.length"
    first = page.evaluate(corners)
    page.get_by_label("Isovalue").select_option(index=1)
    assert page.evaluate(corners) > first
    assert looks_drawn(page, "#density", tmp_path / "density.png")


def test_charts_have_few_buttons_and_none_that_uploads(opened):
    bars = opened().locator(".plot .modebar").all()
    assert len(bars) == 9
    for bar in bars:
        titles = "all => all.map(each => each.dataset.title)"
        buttons = bar.locator(".modebar-btn").evaluate_all(titles)
        assert buttons == ["Zoom", "Pan", "Reset axes", "Download plot as a PNG"]


def test_numbers_are_read_as_they_are_stored(opened, study):
    page = opened()
    reactions = document(*study)["reactions"]
    for reaction in reactions:
        row = page.locator("#results tr", has_text=reaction["name"]).first
        cells = row.locator("td").all()
        bound = reaction["quantity"] == "binding_energy"
        shown = reaction["binding_energy_eV" if bound else "reaction_energy_eV"]
        if shown is None:
            assert cells[0].inner_text() == "\N{EN DASH}"
        else:
            assert float(cells[0].get_attribute("data-value")) == shown
            assert cells[0].inner_text() == f"{shown:+.3f}".replace("-", "\N{MINUS SIGN}")


def test_page_can_be_read_by_everyone(opened):
    page = opened()
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    own = "[id]:not(.plot *, .stage *)"
    ids = page.locator(own).evaluate_all("found => found.map(each => each.id)")
    assert len(ids) == len(set(ids))
    for landmark in ("banner", "navigation", "main"):
        assert page.get_by_role(landmark).count() == 1
    nameless = "[...document.querySelectorAll('.plot, .stage')].filter(e => !e.ariaLabel).length"
    assert page.evaluate(nameless) == 0
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("thead th:not([scope]), tbody th:not([scope])").count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


CONTRAST = """() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    const parts = [0, 2, 4].map((n) => parseInt(hex.slice(n, n + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05;
  };
  const inks = ["--ink", "--muted", "--link", "--error", "--missing", "--caution", "--note"];
  return inks.flatMap((ink) => ["--paper", "--panel"].map((paper) => {
    const [a, b] = [light(ink), light(paper)];
    return Math.max(a, b) / Math.min(a, b);
  }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened, scheme):
    assert min(opened(scheme=scheme).evaluate(CONTRAST)) >= 4.5  # WCAG 2, level AA


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_page_fits_the_screen(opened, tmp_path, width, scheme):
    page = opened(width=width, scheme=scheme)
    page.wait_for_timeout(500)
    picture = tmp_path / f"page-{width}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    assert read(picture).width == width
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_page_can_be_printed(opened, tmp_path):
    page = opened(scheme="dark")
    paper = page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert page.locator(".gallery figure").first.is_visible()
    assert not page.locator("#structure").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_page_without_webgl_has_still_pictures(opened):
    page = opened(webgl=False)
    assert page.locator(".gallery figure").first.is_visible()
    assert not page.locator("#structure").is_visible()


def test_page_without_scripts_has_its_tables(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#results table").first.is_visible()
    assert page.locator(".gallery figure").first.is_visible()
    assert not page.locator(".chart").first.is_visible()
