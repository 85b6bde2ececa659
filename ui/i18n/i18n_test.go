package i18n

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"berth/engine/config"
	"berth/resources"
)

var update = flag.Bool("update", false, "write the English file from the source")

const folder = "../../resources/translations/"

// asked are the keys that the window's source asks for; true for those that depend on a number.
func asked(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "i18n/") || filepath.Dir(path) == "." {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := f.X.(*ast.Ident); !ok || of.Name != "i18n" || f.Sel.Name != "T" && f.Sel.Name != "N" && f.Sel.Name != "Mark" {
				return true
			}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: a text that is no literal cannot be translated", path)
				return true
			}
			key, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Error(err)
			}
			keys[key] = keys[key] || f.Sel.Name == "N"
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// read gives a language's texts: a string, or a map of plural forms.
func read(t *testing.T, language string) map[string]any {
	t.Helper()
	data, err := resources.Translations.ReadFile("translations/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]any{}
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return texts
}

func TestNoTextIsMissingOrUnusedInAnyLanguage(t *testing.T) {
	keys := asked(t)
	if *update {
		write(t, keys)
	}
	if len(keys) < 100 {
		t.Fatalf("only %d keys were found", len(keys))
	}
	for _, language := range config.Languages[1:] {
		texts := read(t, language)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			switch value := texts[key].(type) {
			case nil:
				t.Errorf("%s: %q is missing", language, key)
			case string:
				if keys[key] {
					t.Errorf("%s: %q needs plural forms", language, key)
				}
				same(t, language, key, value)
			case map[string]any:
				if !keys[key] || value["one"] == nil || value["other"] == nil {
					t.Errorf("%s: the plural forms of %q are %v", language, key, value)
					continue
				}
				same(t, language, key, value["other"].(string))
			}
		}
		for key := range texts {
			if _, ok := keys[key]; !ok {
				t.Errorf("%s: nothing uses %q", language, key)
			}
		}
	}
}

var verb = regexp.MustCompile(`%(\[\d+\])?[.\d]*[a-z]`)

// verbs are the values a format takes, each with its place.
func verbs(format string) []string {
	var all []string
	place := 0
	for _, v := range verb.FindAllString(strings.ReplaceAll(format, "%%", ""), -1) {
		place++
		at := strconv.Itoa(place)
		if i := strings.IndexByte(v, ']'); i > 0 {
			at = v[2:i]
			place, _ = strconv.Atoi(at)
		}
		all = append(all, at+v[len(v)-1:])
	}
	slices.Sort(all)
	return all
}

// same says when a translation takes other values than the text.
func same(t *testing.T, language, key, text string) {
	t.Helper()
	if text == "" || !slices.Equal(verbs(key), verbs(text)) {
		t.Errorf("%s: %q takes other values than %q", language, text, key)
	}
}

// write writes the English file, keeping the plural forms that are there.
func write(t *testing.T, keys map[string]bool) {
	t.Helper()
	old := read(t, "en")
	texts := map[string]any{}
	for key, plural := range keys {
		texts[key] = key
		if plural {
			texts[key] = map[string]any{"one": key, "other": key}
			if forms, ok := old[key].(map[string]any); ok {
				texts[key] = forms
			}
		}
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(texts); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"en.json", []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAChosenLanguageIsUsedWhateverTheDesktopsIs(t *testing.T) {
	for language, want := range map[string]string{"de": "Abbrechen", "ja": "キャンセル", "en": "Cancel", "fr": "Annuler"} {
		if err := Load(resources.Translations, "translations", language); err != nil {
			t.Fatal(err)
		}
		if got := T("Cancel"); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
	if err := Load(resources.Translations, "translations", "en"); err != nil {
		t.Fatal(err)
	}
	if one, many := N("%d sessions", 1), N("%d sessions", 2); one != "1 session" || many != "2 sessions" {
		t.Errorf("%q, %q", one, many)
	}
}
