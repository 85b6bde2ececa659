package resources

import (
	"embed"
	"io/fs"
)

//go:embed sandbox
var sandbox embed.FS

// Sandbox is the build context of the sandbox image: its Dockerfile and the folders that CA certificates are added to.
func Sandbox() fs.FS {
	sub, err := fs.Sub(sandbox, "sandbox")
	if err != nil {
		panic(err) // the name is fixed above and valid, so this is a broken build of Berth
	}
	return sub
}
