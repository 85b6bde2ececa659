package volume

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"berth/engine/fault"
)

func TestAFolderOfAnyNumberOfFilesDoesNotFillTheMemory(t *testing.T) {
	said := &listing{limit: 1 << 10}
	line := "81a4 0 1764000000 /berth/from/" + strings.Repeat("x", 30) + "\n"
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		_, err = io.WriteString(said, line)
	}
	if !errors.Is(err, fault.BadInput) || said.text.Len() > 1<<10 || said.text.Len() < 1<<10-len(line) {
		t.Errorf("%d bytes are kept, %v", said.text.Len(), err)
	}
}

func TestNamesThatAnAgentGaveLeadNowhere(t *testing.T) {
	for given, want := range map[string]string{
		"": "", ".": "", "/": "", "..": "", "../../etc/passwd": "etc/passwd", "a/../../../b": "b", "/etc/shadow": "etc/shadow", "a//b/": "a/b", "-rf": "-rf",
	} {
		if got := inside(given); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
	// A name with a line end in it can pretend to be another entry, but none of another folder.
	for _, name := range []string{"..", "../../x", "a\n81a4 1 2 /berth/from/../../etc/passwd", "a\n81a4 1 2 /etc/passwd", "\n\n"} {
		for _, f := range parseFiles(fmt.Sprintf("81a4 1 2 /berth/from/%s\n", name)) {
			if below("from", inside(f.Name)) != below("from", "") && !strings.HasPrefix(below("from", inside(f.Name)), below("from", "")) {
				t.Errorf("%q leads to %q", name, f.Name)
			}
			if strings.HasPrefix(f.Name, "/") {
				t.Errorf("%q is read as %q", name, f.Name)
			}
		}
	}
}
