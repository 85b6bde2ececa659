package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// named finds `PACKAGE TestName/part`.
var named = regexp.MustCompile("`([a-z][a-z/]*|\\.) ((?:Test|Fuzz|Benchmark)[^`/]*)(?:/([^`]+))?`")

// known are the tests of a package, and the texts in its test files, of which the names of parts are some.
type known struct{ tests, texts map[string]bool }

func readTests(t *testing.T, dir string) known {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Errorf("%s has no tests (%v)", dir, err)
	}
	k := known{tests: map[string]bool{}, texts: map[string]bool{}}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					k.tests[n.Name.Name] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					k.texts[text] = true
				}
			}
			return true
		})
	}
	return k
}

func TestEveryFaultHasItsTestAndEveryTestIsThere(t *testing.T) {
	text, err := os.ReadFile("faults.md")
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]known{}
	cases := 0
	for i, line := range strings.Split(string(text), "\n") {
		found := named.FindAllStringSubmatch(line, -1)
		if strings.HasPrefix(line, "| ") && line != "| case | shown by |" {
			if cases++; len(found) == 0 {
				t.Errorf("line %d names no test: %s", i+1, line)
			}
			if n := strings.Count(line, "`"); n%2 != 0 || strings.Count(line, " Test")+strings.Count(line, " Fuzz")+strings.Count(line, " Benchmark") != len(found) {
				t.Errorf("line %d is not written as the others: %s", i+1, line)
			}
		}
		for _, one := range found {
			dir, test, part := one[1], one[2], one[3]
			if _, ok := packages[dir]; !ok {
				packages[dir] = readTests(t, filepath.Join("..", filepath.FromSlash(dir)))
			}
			switch {
			case !packages[dir].tests[test]:
				t.Errorf("line %d: %s has no test %s", i+1, dir, test)
			case part != "" && !packages[dir].texts[part]:
				t.Errorf("line %d: nothing in the tests of %s is called %q", i+1, dir, part)
			}
		}
	}
	if cases < 100 {
		t.Errorf("%d cases were read", cases)
	}
	t.Logf("%d cases", cases)
}

// alone finds a test that is named without its package.
var alone = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9_]*)[`/]")

// declared finds the tests of a file.
var declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9_]*)\(`)

func TestEveryTestThatAPageNamesIsThere(t *testing.T) {
	there := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != ".." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(text, -1) {
			there[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for page, least := range map[string]int{"security.md": 80, "state.md": 20, "../CONTRIBUTING.md": 2, "engines.md": 0, "packages.md": 0, "../README.md": 0} {
		text, err := os.ReadFile(filepath.FromSlash(page))
		if err != nil {
			t.Fatal(err)
		}
		found := alone.FindAllSubmatch(text, -1)
		for _, one := range found {
			if !there[string(one[1])] {
				t.Errorf("%s names %s, which is no test", page, one[1])
			}
		}
		if len(found) < least {
			t.Errorf("in %s %d tests were read", page, len(found))
		}
	}
}
