package diagnose

import "golang.org/x/sys/unix"

// osNames are the system's version and the kernel's.
func osNames() (name, kernel string) {
	if version, err := unix.Sysctl("kern.osproductversion"); err == nil {
		name = "macOS " + version
	}
	if release, err := unix.Sysctl("kern.osrelease"); err == nil {
		kernel = "Darwin " + release
	}
	return name, kernel
}
