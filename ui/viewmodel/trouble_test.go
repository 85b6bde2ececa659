package viewmodel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What mends something is read by the person who met it, so each remedy in fixed words has to be known in every language.
func TestEveryFixedRemedyOfTheEngineIsSaidInThePersonsLanguage(t *testing.T) {
	_, plain := patterns()
	found := 0
	err := filepath.WalkDir("../../engine", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "enginetest") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			field, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			name, _ := field.Key.(*ast.Ident)
			value, isText := field.Value.(*ast.BasicLit)
			if name == nil || name.Name != "Remedy" || !isText {
				return true
			}
			found++
			if text, err := strconv.Unquote(value.Value); err != nil || !plain[text] {
				t.Errorf("%s: %s", path, value.Value)
			}
			return true
		})
		return nil
	})
	if err != nil || found < 40 {
		t.Errorf("%d remedies were found, %v", found, err)
	}
}
