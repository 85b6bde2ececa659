package image

import (
	"bytes"
	"encoding/pem"
	"os"

	"berth/engine/fault"
)

// HostCA reads the certificates this computer trusts, as PEM without anything else that may stand in the file, and says
// where they are from. SSL_CERT_FILE goes first, as it does for every program that uses OpenSSL. All results are zero where
// nothing is found.
func HostCA() (bundle []byte, path string, err error) {
	if path := os.Getenv("SSL_CERT_FILE"); path != "" {
		return readBundle(path)
	}
	return systemCA()
}

// ExtraCA reads the certificates of the file that the setting image.extraCA names, for BuildOptions.SandboxCA; nil when it
// names none. A file with no certificate in it is an error, for it cannot be what was meant.
func ExtraCA(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	bad := func(why, remedy string, err error) error {
		return &fault.Error{Kind: fault.BadInput, Op: "read image.extraCA", Why: why, Remedy: remedy, Action: fault.OpenSettings, Err: err}
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the file that the person named; only certificates of it are used
	if err != nil {
		return nil, bad(err.Error(), "Correct the path in the settings, or clear it.", err)
	}
	pem := onlyCertificates(raw)
	if len(pem) == 0 {
		return nil, bad(path+" holds no certificate in PEM form", "Give a file with a line BEGIN CERTIFICATE in it, or clear the setting.", nil)
	}
	return pem, nil
}

func readBundle(path string) ([]byte, string, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the file that the person named; only certificates of it are used
	if err != nil {
		return nil, path, &fault.Error{
			Kind: fault.BadInput, Op: "read this computer's CA bundle " + path, Err: err,
			Remedy: "Correct SSL_CERT_FILE, or turn off trusting this computer's CA in the settings.", Action: fault.OpenSettings,
		}
	}
	return onlyCertificates(raw), path, nil
}

// onlyCertificates keeps the certificates of a PEM file, each once: files of that kind may hold private keys and prose, and
// nothing of that belongs into an image.
func onlyCertificates(raw []byte) []byte {
	var clean bytes.Buffer
	seen := map[string]bool{}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" || seen[string(block.Bytes)] {
			continue
		}
		seen[string(block.Bytes)] = true
		clean.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	return clean.Bytes()
}
