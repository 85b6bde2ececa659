package viewmodel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"berth/resources"
	"berth/ui/i18n"
)

// verbs are what fmt puts values in place of.
var verbs = regexp.MustCompile(`%[-+# 0]*[0-9]*(?:\.[0-9]+)?[a-zA-Z]`)

// phraseOf is an expression that makes a text as a phrase, with %s for what is put in; false when it has no words of its own.
func phraseOf(e ast.Expr) (string, bool) {
	switch one := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(one.Value)
		return text, err == nil && one.Kind == token.STRING && text != ""
	case *ast.BinaryExpr:
		left, known := phraseOf(one.X)
		right, too := phraseOf(one.Y)
		if !known && !too {
			return "", false
		}
		if !known {
			left = "%s"
		}
		if !too {
			right = "%s"
		}
		return strings.ReplaceAll(left+right, "%s%s", "%s"), true
	case *ast.CallExpr:
		of, ok := one.Fun.(*ast.SelectorExpr)
		if !ok || of.Sel.Name != "Sprintf" || len(one.Args) == 0 {
			return "", false
		}
		text, ok := phraseOf(one.Args[0])
		return strings.ReplaceAll(verbs.ReplaceAllString(text, "%s"), "%%", "%"), ok
	}
	return "", false
}

// saidIn calls f with every text of a fault in a file: Why and Remedy where one is made or changed, and the words of fault.New.
func saidIn(file *ast.File, f func(what, phrase string)) {
	tell := func(what string, e ast.Expr) {
		if phrase, ok := phraseOf(e); ok && (what == "Why" || what == "Remedy") {
			f(what, phrase)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch one := n.(type) {
		case *ast.KeyValueExpr:
			if name, ok := one.Key.(*ast.Ident); ok {
				tell(name.Name, one.Value)
			}
		case *ast.AssignStmt:
			for i, left := range one.Lhs {
				if field, ok := left.(*ast.SelectorExpr); ok && len(one.Lhs) == len(one.Rhs) {
					tell(field.Sel.Name, one.Rhs[i])
				}
			}
		case *ast.CallExpr:
			of, ok := one.Fun.(*ast.SelectorExpr)
			if pkg, is := ast.Unparen(one.Fun).(*ast.SelectorExpr); ok && is && of.Sel.Name == "New" && len(one.Args) == 3 {
				if name, is := pkg.X.(*ast.Ident); is && name.Name == "fault" {
					tell("Why", one.Args[2])
				}
			}
		}
		return true
	})
}

// unspoken are the texts that are no sentence of Berth's own, and why.
var unspoken = map[string]string{
	"%s: %s":                            "a program's name and what it said",
	"%s: %s %s":                         "a key of the settings file",
	"; the engine asks for %s at least": "the end of another, which is known with it",
	"there is no %s":                    "would take what any engine says for Berth's own: known with a path's beginning",
	"the credential helper %s %s":       "what the helper said",
}

// Why something failed and what mends it is read by the person who met it, so each such text, with its values or without, has to be
// known in every language.
func TestEveryWhyAndRemedyOfTheEngineIsSaidInThePersonsLanguage(t *testing.T) {
	known := slices.Concat(phrases, reportPhrases, troublePhrases, faultPhrases)
	found := map[string]int{}
	err := filepath.WalkDir("../../engine", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "enginetest") || strings.Contains(path, "bench") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		saidIn(file, func(what, phrase string) {
			found[what]++
			if !slices.Contains(known, phrase) && unspoken[phrase] == "" {
				t.Errorf("%s: %s %q", path, what, phrase)
			}
		})
		return nil
	})
	if err != nil || found["Remedy"] < 100 || found["Why"] < 100 {
		t.Errorf("%v were found, %v", found, err)
	}
}

func TestAWhyWithValuesIsSaidInThePersonsLanguage(t *testing.T) {
	defer func() {
		ForgetSpoken()
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	ForgetSpoken()
	if err := i18n.Load(resources.Translations, "translations", "de"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Docker is installed and does not run (there is no /run/x)": "Docker ist installiert und läuft nicht (es gibt kein /run/x)",
		"there is no /run/x":                                 "es gibt kein /run/x",
		"there is no space at all":                           "there is no space at all", // not Berth's
		"nothing listens on /run/x; its engine has stopped":  "auf /run/x lauscht nichts; seine Engine ist angehalten",
		"TLS failed: no answer in 5s":                        "TLS schlug fehl: keine Antwort in 5s",
		"opencode ended with 137: out of memory after 0.4 s": "opencode endete nach 0.4 s mit 137: kein Speicher mehr",
		"4096 to 4195 are all taken":                         "4096 bis 4195 sind alle belegt",
		"the engine is too new for this Berth, which speaks API 1.51 at most; the engine asks for 2 at least": "die Engine ist zu neu für dieses Berth, das höchstens API 1.51 spricht; die Engine verlangt mindestens 2",
	} {
		if got := Spoken(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
