package figure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const head = `# Benchmarks

Made by ` + "`make bench`" + `: each pair in one run on one engine, both sides taking turns, and the median of each counts; a figure that is
compared with nothing says how many were measured. A part
alone is measured anew by ` + "`make bench BENCH='-part NAME'`" + `; the others keep their figures. The desktop is a virtual one with software
GL. *No* is a goal that is not reached, with the reason where there is one.

`

// Join makes BENCHMARKS.md of what the parts found, and counts the goals that are missed for no reason that is known.
func Join(dir, machine string) (text string, missed int, err error) {
	var out, sizes strings.Builder
	versions, short := map[string]string{}, ""
	fmt.Fprintf(&out, "| measure | Berth | compared with | ratio | goal | met |\n|---|---|---|---|---|---|\n")
	for _, p := range Parts {
		m, ok, err := Load(dir, p.Name)
		if err != nil {
			return "", 0, fmt.Errorf("%s: %w", p.Name, err)
		}
		if !ok {
			m.Rows = []Row{Missing(p.About, "", "", "not measured")}
		} else {
			with := cell(m.Sizes)
			if m.Short {
				with = "short: " + with
			}
			fmt.Fprintf(&sizes, "| %s | %s | %s |\n", p.Name, m.At.UTC().Format("2006-01-02 15:04"), with)
			maps.Copy(versions, m.Versions)
			if m.Short {
				short = "**Not all of it counts:** what is marked as short below was run small, to see that it works.\n\n"
			}
		}
		for _, r := range m.Rows {
			if r.Met == No && r.Why == "" {
				missed++
			}
			met := string(r.Met)
			if r.Why != "" {
				met += ": " + r.Why
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", cell(r.Measure), cell(r.Berth), cell(r.Other), cell(r.Ratio), cell(r.Goal), cell(met))
		}
	}
	var said []string
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		said = append(said, name+" "+versions[name])
	}
	text = head + short + "**Machine.** " + machine + "\n\n**Versions.** " + strings.Join(said, " · ") + "\n\n" + out.String()
	if sizes.Len() > 0 {
		text += "\n## What was measured when\n\n| part | measured (UTC) | with |\n|---|---|---|\n" + sizes.String()
	}
	return text, missed, nil
}

// cell is a text that ends no cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
