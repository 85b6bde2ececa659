package image

import "strings"

// Pin fixes one binary of opencode: which version, and which bytes.
type Pin struct {
	Version string // of opencode, "1.18.33"
	Package string // npm package that carries the binary; the release archive is named like it
	SHA256  string // of the binary itself, in hex: the same in both channels
}

// pins are the binaries of opencode that Berth builds images of, by the engine's architecture as Go names it. The sums
// were measured on the binaries of the npm packages; opencode's release script puts the same files into both channels.
//
// The versions need not be equal: each is the newest whose binary could be measured. For arm64 that was 1.18.18.
var pins = map[string]Pin{
	"amd64": {
		Version: "1.18.33", Package: "opencode-linux-x64",
		SHA256: "0abbb7c32ab0294c0a7bfa2705f9ff0df5dce5ab721d1f00cccfe393f2a11427",
	},
	"arm64": {
		Version: "1.18.18", Package: "opencode-linux-arm64",
		SHA256: "a63ef0c7271383e48ffe36c156b4146087bbbc97929dec40e8be95ed4f4d76ae",
	},
}

// PinFor gives the pinned binary for an engine's architecture; false when opencode is not built for it.
func PinFor(arch string) (Pin, bool) {
	pin, ok := pins[arch]
	return pin, ok
}

// builtName is what the references of all images begin with that Berth builds.
const builtName = "berth/opencode:"

// Tag is the reference of the image that is built with this pin.
func (p Pin) Tag() string { return builtName + p.Version }

// Built reports whether a reference is that of an image that this Berth builds, or that another one built.
func Built(reference string) bool { return strings.HasPrefix(reference, builtName) }

// release is the address of the release archive.
func (p Pin) release() string {
	return "https://github.com/anomalyco/opencode/releases/download/v" + p.Version + "/" + p.Package + ".tar.gz"
}
