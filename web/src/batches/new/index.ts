export { EditBatchDrawer } from './EditBatchDrawer';
export { NewBatchDrawer } from './NewBatchDrawer';
