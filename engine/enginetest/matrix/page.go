package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// The lines of a page between which the tables are.
const (
	begin = "<!-- made by make test-engines -->\n"
	end   = "<!-- end of what make test-engines made -->\n"
)

// insert puts the rows between the two lines of a page. Those of kinds that were not tested stay: all take hours.
func insert(page string, fresh tables) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), begin)
	made, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the tables: %q and %q", page, begin, end)
	}
	all := parse(made)
	tested := map[string]bool{}
	for _, row := range fresh[0] {
		tested[kindOf(row)] = true
	}
	for i := range all {
		kept := slices.DeleteFunc(all[i], func(row string) bool { return tested[kindOf(row)] })
		all[i] = append(kept, fresh[i]...)
		slices.SortStableFunc(all[i], func(a, b string) int { return strings.Compare(kindOf(a), kindOf(b)) })
	}
	return os.WriteFile(page, []byte(before+begin+"\n"+all.String()+"\n"+end+after), 0o644)
}

// parse reads the rows of what String wrote; other text is none.
func parse(text string) tables {
	var t tables
	for i, head := range heads {
		_, rows, found := strings.Cut(text, head)
		for line := range strings.Lines(rows) {
			if !found || !strings.HasPrefix(line, "| ") {
				break
			}
			t[i] = append(t[i], line)
		}
	}
	return t
}

// kindOf is the first cell of a row.
func kindOf(row string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
	return kind
}
