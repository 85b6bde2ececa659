//go:build !windows

package image

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"time"

	"berth/engine/fault"
)

// bundles are where systems keep the CA bundle that programs trust. The first that exists is the one.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // newer RHEL
	"/etc/ssl/cert.pem",                                 // Alpine, BSDs
}

// keychains hold what macOS trusts; a network's own authority is in the second.
var keychains = []string{"/System/Library/Keychains/SystemRootCertificates.keychain", "/Library/Keychains/System.keychain"}

// systemCA reads the bundle or the keychains that programs of this system trust.
func systemCA() ([]byte, string, error) {
	if runtime.GOOS == "darwin" {
		return exportKeychains()
	}
	for _, path := range bundles {
		if _, err := os.Stat(path); err == nil {
			return readBundle(path)
		}
	}
	return nil, "", nil
}

func exportKeychains() ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	args := append([]string{"find-certificate", "-a", "-p"}, keychains...)
	out, err := exec.CommandContext(ctx, "/usr/bin/security", args...).Output() //nolint:gosec // its arguments are constants
	if err != nil {
		return nil, "", &fault.Error{Kind: fault.Unknown, Op: "export the certificates of the system keychains", Err: err}
	}
	return onlyCertificates(out), keychains[1], nil
}
