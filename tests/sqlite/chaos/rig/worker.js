let handle;
self.onmessage = async ({ data: bytes }) => {
  if (!handle) {
    const top = await navigator.storage.getDirectory();
    const file = await top.getFileHandle(`rig-${Math.random()}`, { create: true });
    handle = await file.createSyncAccessHandle();
  }
  self.postMessage(handle.write(new Uint8Array(bytes), { at: handle.getSize() }));
};
