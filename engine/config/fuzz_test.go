package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func FuzzSettingsFile(f *testing.F) {
	for _, s := range []string{
		`{"schema":1,"image":{"source":"build","future":7},"later":{"a":1},"endpoint":"lab"}`, `{"schema":2,"sandbox":{"port":5000}}`, `null`, `{`,
		`{"endpoints":[{"name":"lab","host":"ssh://ann@lab","more":1}],"alsoEndpoints":["lab"],"update":{"points":0,"checked":1790000000}}`,
		`{"backup":{"folder":"/b","every":"daily","keep":3},"window":{"theme":"dark","width":1.5,"log":{"size":12},"table":{"hidden":["a"]}}}`,
		`{"sandbox":{"cpus":2,"memory":"1500m"},"later":1e40,"notify":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), fileName)
		s := &Store{path: path, settings: Default(), raw: map[string]any{}}
		if err := s.read(text); err != nil {
			if diff := cmp.Diff(Default(), s.Settings()); diff != "" {
				t.Errorf("%v, and settings changed:\n%s", err, diff)
			}
			return
		}
		if s.frozen != nil {
			if s.Save(Default()) == nil {
				t.Error("a newer Berth's file is written")
			}
			return
		}
		// What was read comes back, and so do defaults that take its place: nothing that was emptied stays in the file.
		for _, want := range []Settings{s.Settings(), Default()} {
			if err := s.Save(want); err != nil {
				t.Fatalf("what was read cannot be saved: %v", err)
			}
			saved, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			again := &Store{path: path, settings: Default(), raw: map[string]any{}}
			if err := again.read(saved); err != nil {
				t.Fatalf("what was saved cannot be read: %v\n%s", err, saved)
			}
			want.Schema = Schema
			if diff := cmp.Diff(want, again.Settings(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n%s", diff, saved)
			}
			for key := range s.raw {
				if _, ok := again.raw[key]; !ok {
					t.Errorf("the file lost %q", key)
				}
			}
		}
	})
}
