// Package watch knows which containers exist and how they are: a Watcher lists them, listens to the engine's events and
// inspects what they are about; Stats streams the usage of those that somebody looks at.
//
// Events only say when to look; inspecting is the truth. What a container means (a sandbox, its health, its spec) is left
// to others.
package watch
