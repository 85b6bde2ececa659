package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
)

// An authority's renewed certificate is as long as the one before, and a recipe may be mended without becoming longer.
func TestAFileThatChangedButIsAsLongAsBeforeIsInTheNextImage(t *testing.T) {
	const recipe = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY file /file\n"
	folder := t.TempDir()
	for name, with := range map[string]func(content string) fs.FS{
		"built in": func(content string) fs.FS {
			return fstest.MapFS{"Dockerfile": {Data: []byte(recipe)}, "file": {Data: []byte(content)}}
		},
		"in a folder": func(content string) fs.FS {
			for name, content := range map[string]string{"Dockerfile": recipe, "file": content} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return os.DirFS(folder)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBothBuilders(t, func(t *testing.T, cli *client.Client, buildKit bool) {
				o := tiny(t, "")
				o.BuildKit, o.NoCache = buildKit, false
				forget(t, cli, o.Tag)
				for range 2 {
					content := enginetest.Name(t) // always as long
					o.Files = with(content)
					builtBy(t, cli, o)
					if got := output1(t, cli, o.Tag, "cat /file"); got != content {
						t.Errorf("the image has %q of a context that has %q", got, content)
					}
				}
			})
		})
	}
}
