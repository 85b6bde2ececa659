package autostart

import (
	"slices"
	"testing"

	"golang.org/x/sys/windows"
)

// Windows' own way is the measure, where there is one to ask.
func TestACommandLineIsReadAndWrittenAsWindowsItselfDoes(t *testing.T) {
	for line := range commandLines {
		if want, err := windows.DecomposeCommandLine(line); err != nil || !slices.Equal(splitCommand(line), want) {
			t.Errorf("%s: %q, want %q, %v", line, splitCommand(line), want, err)
		}
	}
	for _, argv := range oddCommands {
		if got, err := windows.DecomposeCommandLine(composeCommand(argv)); err != nil || !slices.Equal(got, argv) {
			t.Errorf("%q is written %s, which is read as %q, %v", argv, composeCommand(argv), got, err)
		}
	}
}
