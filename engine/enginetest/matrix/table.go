package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// column is one engine.
type column struct {
	title    string
	outcomes map[test]outcome
}

// table renders what passed where: the packages with their numbers, and each test that did not pass everywhere.
func table(columns []column) string {
	all := map[test]bool{}
	pkgs := map[string]bool{}
	for _, c := range columns {
		for one := range c.outcomes {
			all[one], pkgs[one.pkg] = true, true
		}
	}
	var out strings.Builder
	head(&out, "Tests of", columns)
	for _, pkg := range slices.Sorted(maps.Keys(pkgs)) {
		out.WriteString("| `" + pkg + "` |")
		for _, c := range columns {
			fmt.Fprintf(&out, " %s |", c.count(pkg))
		}
		out.WriteByte('\n')
	}
	rows := slices.SortedFunc(maps.Keys(all), func(a, b test) int { return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.name, b.name)) })
	rows = slices.DeleteFunc(rows, func(one test) bool {
		return !slices.ContainsFunc(columns, func(c column) bool { return c.outcomes[one].verdict > passed })
	})
	if len(rows) > 0 {
		out.WriteByte('\n')
		head(&out, "Not passed everywhere", columns)
	}
	for _, one := range rows {
		fmt.Fprintf(&out, "| `%s` %s |", one.pkg, cmp.Or(one.name, "as a whole"))
		for _, c := range columns {
			fmt.Fprintf(&out, " %s |", c.outcomes[one])
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func head(out *strings.Builder, first string, columns []column) {
	out.WriteString("| " + first + " |")
	for _, c := range columns {
		out.WriteString(" " + c.title + " |")
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
}

// count says how many of a package's tests ended how: "31 pass, 1 cannot".
func (c column) count(pkg string) string {
	n := map[verdict]int{}
	for one, o := range c.outcomes {
		if one.pkg == pkg {
			n[o.verdict]++
		}
	}
	var parts []string
	for _, v := range []verdict{passed, cannot, failed} {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "–")
}

func (c column) failed() bool {
	for _, o := range c.outcomes {
		if o.verdict == failed {
			return true
		}
	}
	return false
}

func (v verdict) String() string { return [...]string{"–", "pass", "cannot", "fail"}[v] }

// String is a cell: "pass", "cannot: it has no BuildKit".
func (o outcome) String() string {
	if o.reason == "" {
		return o.verdict.String()
	}
	return o.verdict.String() + ": " + strings.ReplaceAll(o.reason, "|", "\\|")
}
