package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// engine is what the tests came to on one of a kind.
type engine struct {
	kind     string // what the rows are known by: there is one engine of each kind on the page
	title    string // what it says it is
	berth    string // the version that was tested
	outcomes map[test]outcome
}

// The tables: how many of each package's tests ended how, and each test that did not pass.
var heads = [2]string{
	"| On | that is | tests of | pass | cannot | fail | Berth |\n|---|---|---|---|---|---|---|\n",
	"| On | did not pass | but |\n|---|---|---|\n",
}

// tables are the rows of each, as lines. A row begins with the kind.
type tables [2][]string

func tablesOf(engines []engine) tables {
	var t tables
	for _, e := range engines {
		n := map[string]map[verdict]int{}
		var bad []test
		for one, o := range e.outcomes {
			if n[one.pkg] == nil {
				n[one.pkg] = map[verdict]int{}
			}
			if n[one.pkg][o.verdict]++; o.verdict > passed {
				bad = append(bad, one)
			}
		}
		for _, pkg := range slices.Sorted(maps.Keys(n)) {
			t[0] = append(t[0], fmt.Sprintf("| %s | %s | `%s` | %d | %d | %d | %s |\n", e.kind, e.title, pkg, n[pkg][passed], n[pkg][cannot], n[pkg][failed], e.berth))
		}
		slices.SortFunc(bad, func(a, b test) int { return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.name, b.name)) })
		for _, one := range bad {
			t[1] = append(t[1], fmt.Sprintf("| %s | `%s` %s | %s |\n", e.kind, one.pkg, cmp.Or(one.name, "as a whole"), e.outcomes[one]))
		}
	}
	return t
}

// String is both tables; the second only where all did not pass.
func (t tables) String() string {
	var all []string
	for i, rows := range t {
		if len(rows) > 0 {
			all = append(all, heads[i]+strings.Join(rows, ""))
		}
	}
	return strings.Join(all, "\n")
}

func (e engine) failed() bool {
	for _, o := range e.outcomes {
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
