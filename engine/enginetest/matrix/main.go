// Command matrix writes down what passed on which engine, of what `go test -json` wrote on each: scripts/engines runs it. It fails
// when a test failed, and when an engine had no test at all.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	into := flag.String("into", "", "the `page` that gets the rows too")
	berth := flag.String("berth", "", "the `version` of Berth that was tested")
	flag.Parse()
	if err := run(*into, *berth, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// run makes the rows of engines that are given as "KIND|TITLE|HOST|FILE". On the page, they take the place of those of the same kind.
func run(into, berth string, args []string) error {
	var engines []engine
	for _, arg := range args {
		part := strings.Split(arg, "|")
		if len(part) != 4 {
			return fmt.Errorf("%q is not KIND|TITLE|HOST|FILE", arg)
		}
		file, err := os.Open(part[3])
		if err != nil {
			return err
		}
		outcomes, err := read(file, part[2])
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", part[1], err)
		}
		engines = append(engines, engine{part[0], part[1], berth, outcomes})
	}
	tables := tablesOf(engines)
	fmt.Print(tables)
	if into != "" {
		if err := insert(into, tables); err != nil {
			return err
		}
	}
	for _, e := range engines {
		if e.failed() || len(e.outcomes) == 0 {
			return fmt.Errorf("%s: a test failed, or none ran", e.title)
		}
	}
	return nil
}
