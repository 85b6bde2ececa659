package diagnose

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// osNames are the system's version; its kernel has no other.
func osNames() (name, kernel string) {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("Windows %d.%d build %d", v.MajorVersion, v.MinorVersion, v.BuildNumber), ""
}

// openFiles: Windows has no limit that matters.
func openFiles() (open int, limit uint64) { return 0, 0 }

func room(path string) (free, total uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	var all uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, &total, &all)
	return free, total, err
}
