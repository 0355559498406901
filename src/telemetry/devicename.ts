/** What a collector may call a device. */
export const DEVICE_NAME = /^[\w.@-]{1,128}$/
