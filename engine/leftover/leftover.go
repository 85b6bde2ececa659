// Package leftover takes away what a program that was killed while it wrote a file left beside it.
//
// A file is replaced by writing another one, ".tmp-NAME" and digits, and renaming that. A program that is killed in between leaves
// it, with whatever was to be kept, for ever.
package leftover

import (
	"os"
	"path/filepath"
	"strings"
)

// Remove removes what is left beside the file at path. Nobody may be writing that file. What cannot be removed stays: it is in
// nobody's way.
func Remove(path string) {
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // then there is nothing
	}
	for _, f := range files {
		digits, of := strings.CutPrefix(f.Name(), ".tmp-"+filepath.Base(path))
		if of && digits != "" && strings.Trim(digits, "0123456789") == "" && f.Type().IsRegular() {
			_ = os.Remove(filepath.Join(filepath.Dir(path), f.Name()))
		}
	}
}
