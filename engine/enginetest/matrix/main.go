// Command matrix makes the table of what passed on which engine, of what `go test -json` wrote on each: scripts/engines runs
// it. It fails when a test failed, and when an engine had no test at all.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// The lines of a page between which the table is.
const (
	begin = "<!-- made by make test-engines -->\n"
	end   = "<!-- end of what make test-engines made -->\n"
)

func main() {
	into := flag.String("into", "", "the `page` that gets the table too")
	flag.Parse()
	if err := run(*into, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// run makes the table of columns that are given as "TITLE|HOST|FILE".
func run(into string, args []string) error {
	var columns []column
	for _, arg := range args {
		part := strings.Split(arg, "|")
		if len(part) != 3 {
			return fmt.Errorf("%q is not TITLE|HOST|FILE", arg)
		}
		file, err := os.Open(part[2])
		if err != nil {
			return err
		}
		outcomes, err := read(file, part[1])
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", part[0], err)
		}
		columns = append(columns, column{part[0], outcomes})
	}
	text := table(columns)
	fmt.Print(text)
	if into != "" {
		if err := insert(into, text); err != nil {
			return err
		}
	}
	for _, c := range columns {
		if c.failed() || len(c.outcomes) == 0 {
			return fmt.Errorf("%s: a test failed, or none ran", c.title)
		}
	}
	return nil
}

// insert puts the table between its two lines in a page.
func insert(page, text string) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the table: %q and %q", page, begin, end)
	}
	return os.WriteFile(page, []byte(before+begin+"\n"+text+"\n"+end+after), 0o644)
}
